import { describeFilter } from "./conformance/filter.js";

describeFilter("a price cap", {
  create: () => ({
    name: "price-cap",
    reject: ({ deployment }, { metadata }) => {
      const price = deployment.prices.inputCostPerToken;
      const most = metadata["most"];
      return price !== undefined && typeof most === "number" && price > most ? `it costs ${String(price)}` : undefined;
    },
  }),
  cases: [
    { candidate: { id: "cheap", inputCostPerToken: 1 }, context: { metadata: { most: 5 } }, rejected: false },
    { candidate: { id: "dear", inputCostPerToken: 9 }, context: { metadata: { most: 5 } }, rejected: true },
    { candidate: { id: "unknown" }, context: { metadata: { most: 5 } }, rejected: false },
    { candidate: { id: "unasked", inputCostPerToken: 9 }, rejected: false },
  ],
});
