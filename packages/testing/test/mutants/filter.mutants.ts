import type { Filter } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { describeFilter } from "../../src/conformance/filter.js";

const right: Filter = {
  name: "eu-only",
  reject: ({ deployment }) => (deployment.region === "eu" ? undefined : "it is outside of the EU"),
};
let asked = 0;

const wrong: Readonly<Record<string, Filter["reject"]>> = {
  "the other way round": ({ deployment }) => (deployment.region === "eu" ? "it is in the EU" : undefined),
  "without a reason": ({ deployment }) => (deployment.region === "eu" ? undefined : ""),
  "a reason that is too long": (candidate, context) => right.reject(candidate, context)?.repeat(50),
  "true and false": ({ deployment }) => (deployment.region !== "eu") as never,
  "null for none": (candidate, context) => right.reject(candidate, context) ?? (null as never),
  "a promise": (candidate, context) => Promise.resolve(right.reject(candidate, context)) as never,
  "by the clock": (candidate, context) => (Date.now() < 0 ? "early" : right.reject(candidate, context)),
  "by the date": (candidate, context) => (new Date().getFullYear() < 2000 ? "early" : right.reject(candidate, context)),
  "at random": (candidate, context) => (Math.random() > 2 ? "bad luck" : right.reject(candidate, context)),
  "by an id": (candidate, context) =>
    crypto.randomUUID().length === 0 ? "bad luck" : right.reject(candidate, context),
  "by earlier calls": (candidate, context) => {
    asked += 1;
    return asked % 3 === 0 ? "again" : right.reject(candidate, context);
  },
  "without reading the request": (candidate, context) =>
    (context.request["messages"] as readonly unknown[]).length > 99 ? "long" : right.reject(candidate, context),
  "changes the request": (candidate, context) => {
    if (isJsonObject(context.request)) Object.assign(context.request, { seen: true });
    return right.reject(candidate, context);
  },
};

const cases = [
  { candidate: { id: "in", regionName: "eu" }, context: { request: { messages: [] } }, rejected: false },
  { candidate: { id: "out", regionName: "us" }, context: { request: { messages: [] } }, rejected: true },
];

describeFilter("right: a filter", { create: () => right, cases });
describeFilter("wrong: a name with a space", { create: () => ({ ...right, name: "eu only" }), cases });
for (const [name, reject] of Object.entries(wrong))
  describeFilter(`wrong: ${name}`, { create: () => ({ ...right, reject }), cases });
