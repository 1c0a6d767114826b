import { describeCooldownPolicy } from "@modelyard/testing/conformance";
import { failureRate } from "./failure-rate.js";

describeCooldownPolicy("failureRate", { create: () => failureRate() });
