import { expect, it } from "vitest";
import { readAzureModel, readHuggingFaceModel } from "./model-names.js";

it.each([
  ["gpt5_series/prod", { model: "prod", baseModel: "gpt-5" }],
  ["o_series/o3x", { model: "o3x", baseModel: "o3" }],
  ["gpt5_series/*", { model: "*", baseModel: "gpt-5" }],
  ["prod", { model: "prod" }],
  ["constructor/prod", { model: "constructor/prod" }],
])("azure/%s is read as the deployment and model that it names", (written, meant) => {
  expect(readAzureModel(written)).toEqual(meant);
});

it.each([
  ["together/deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1:together"],
  ["deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1"],
  ["deepseek-ai/DeepSeek-R1:fastest", "deepseek-ai/DeepSeek-R1:fastest"],
  ["tgi", "tgi"],
])("huggingface/%s is the model %s", (written, model) => {
  expect(readHuggingFaceModel(written)).toEqual({ model });
});
