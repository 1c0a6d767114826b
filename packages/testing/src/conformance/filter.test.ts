import { describeFilter } from "./filter.js";

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

const asked = { model: "vendor-model", provider: "vendor", tags: ["eu-only"], regionName: "eu", maxInputTokens: 8_000 };

describeFilter("every setting that a filter may look at", {
  create: () => ({
    name: "all-of-them",
    reject: ({ deployment: { model, provider, tags, region, maxInputTokens, limits, capabilities, settings } }) => {
      const seen = { model, provider, tags, regionName: region, maxInputTokens };
      const more = [limits.maxParallelRequests, capabilities.tools, settings["own"]];
      return JSON.stringify([seen, more]) === JSON.stringify([asked, [2, false, "x"]]) ? "all are there" : undefined;
    },
  }),
  cases: [
    {
      candidate: {
        id: "set",
        ...asked,
        maxParallelRequests: 2,
        capabilities: { tools: false },
        settings: { own: "x" },
      },
      rejected: true,
    },
    { candidate: { id: "outside" }, rejected: false },
  ],
});
