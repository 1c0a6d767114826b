import { describeProvider, describeRecordedFailures } from "@modelyard/testing/conformance";
import { anthropic } from "./anthropic-provider.js";

describeProvider("anthropic", { create: () => anthropic(), dialect: "anthropic" });
describeRecordedFailures("anthropic", { create: () => anthropic(), dialect: "anthropic" });
