export { sentryCallback, type SentryOptions } from "./sentry-callback.js";
