import { estimateChatInput } from "@modelyard/core/kit";
import { expect, it } from "vitest";
import { requestBody } from "./request-body.js";
import { agentSessions, steadyWorkload } from "./workloads.js";

it("the body of a request has as many tokens as the request says, as the router estimates them", () => {
  const workloads = [
    steadyWorkload({ requests: 300, perSecond: 1, lengths: "long" }),
    agentSessions({ sessions: 20, perSecond: 1 }),
  ];
  for (const request of workloads.flatMap((workload) => [...workload]))
    expect(Math.abs(estimateChatInput(requestBody(request, "model")) - request.inputTokens)).toBeLessThanOrEqual(1);
});

it("the body of a request states its limit and whether it streams", () => {
  const request = { atMs: 0, inputTokens: 50, outputTokens: 5 };
  expect(requestBody(request, "model")).toMatchObject({ model: "model", stream: true });
  expect(requestBody(request, "model")).not.toHaveProperty("max_tokens");
  expect(requestBody({ ...request, maxTokens: 9, stream: false }, "model")).toMatchObject({
    stream: false,
    max_tokens: 9,
  });
});
