import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import { Filter } from "./filter.js";
import { matches, time } from "./format.js";
import { linkTo } from "./route.js";

export function EventsTab({ snapshot, route }: TabProps): JSX.Element {
  const filter = route.fields.get("filter") ?? "";
  const shown = snapshot.events.filter(({ type, deploymentId, text }) => matches(filter, type, deploymentId, text));
  return (
    <>
      <Filter route={route} />
      {shown.length === 0 && <p class="empty">Nothing has happened: no cooldown, no fallback, no reload.</p>}
      <ol class="events">
        {shown.map(({ sequence, at, type, deploymentId, text }) => (
          <li key={sequence} class={type}>
            <time dateTime={new Date(at).toISOString()}>{time(at)}</time>
            <span class="type">{type.replaceAll("_", " ")}</span>
            <span>
              {deploymentId !== undefined && (
                <a href={linkTo("deployments", "", { filter: deploymentId })}>{deploymentId}</a>
              )}{" "}
              {text}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
