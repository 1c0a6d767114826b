import { describeProvider } from "@modelyard/testing/conformance";
import { anthropic } from "./anthropic-provider.js";

describeProvider("anthropic", { create: () => anthropic(), dialect: "anthropic" });
