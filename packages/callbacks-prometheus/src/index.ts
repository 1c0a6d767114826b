export { prometheusCallback, type PrometheusCallback, type PrometheusOptions } from "./prometheus-callback.js";
