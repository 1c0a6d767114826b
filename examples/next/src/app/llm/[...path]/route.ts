import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { router } from "../../../lib/router";

// OpenAI's and Anthropic's APIs below /llm, for SDKs and tools: http://localhost:3000/llm/v1
const handler = toFetchHandler(createGateway(router, { masterKey: process.env["MASTER_KEY"] }), { basePath: "/llm" });

export const GET = (request: Request): Promise<Response> => handler(request);
export const POST = GET;
export const DELETE = GET;
export const HEAD = GET;
export const OPTIONS = GET;
