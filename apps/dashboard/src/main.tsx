import { render } from "preact";
import { App } from "./app.js";

const page = document.querySelector<HTMLElement>("#page");
// The name of the header that carries the key; empty: the proxy has no key.
if (page !== null) render(<App keyHeader={page.dataset["key"] ?? ""} />, page);
