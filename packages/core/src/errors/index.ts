export * from "./classes.js";
export * from "./classify.js";
export * from "./kinds.js";
export * from "./router-error.js";
