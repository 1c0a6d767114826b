import Anthropic from "@anthropic-ai/sdk";
import { fetch } from "./router.js";

export const client = new Anthropic({ fetch, baseURL: "http://router", apiKey: "none", maxRetries: 0 });
