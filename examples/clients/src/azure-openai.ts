import { AzureOpenAI } from "openai";
import { fetch } from "./router.js";

export const client = new AzureOpenAI({
  fetch,
  baseURL: "http://router/openai",
  apiVersion: "2024-10-21",
  apiKey: "none",
  maxRetries: 0,
});
