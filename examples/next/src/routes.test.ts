import { describeApplication } from "@modelyard/repo-tests/application";
import { vi } from "vitest";

type Route = Readonly<Record<string, (request: Request) => Promise<Response>>>;

describeApplication("Next.js, by its route handlers", async (environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const routes: Readonly<Record<string, Route>> = {
    "/answer": await import("./app/answer/route"),
    "/answer/stream": await import("./app/answer/stream/route"),
  };
  const gateway: Route = await import("./app/llm/[...path]/route");
  return {
    send: (path, init) => {
      const request = new Request(`http://localhost:3000${path}`, init);
      return (routes[path] ?? gateway)[request.method]!(request);
    },
    close: () => undefined,
  };
});
