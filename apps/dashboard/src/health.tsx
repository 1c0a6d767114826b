import type { JSX } from "preact";
import type { SeenDeployment } from "./data.js";
import { useNow } from "./use-now.js";

export function Health({ deployment }: { readonly deployment: SeenDeployment }): JSX.Element {
  const { health, reason, until } = deployment;
  return (
    <>
      <span class={`pill ${health}`}>
        <span class="dot" aria-hidden="true" />
        {health}
        {until !== undefined && <Countdown until={until} />}
      </span>
      {reason !== undefined && health !== "healthy" && <small>{reason}</small>}
    </>
  );
}

function Countdown({ until }: { readonly until: number }): JSX.Element {
  const seconds = Math.max(0, Math.ceil((until - useNow()) / 1_000));
  return <span class="countdown"> {seconds} s</span>;
}
