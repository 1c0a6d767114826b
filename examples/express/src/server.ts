import { app } from "./app.ts";

app.listen(3_000);
