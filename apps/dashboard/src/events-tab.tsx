import type { JSX } from "preact";
import type { SeenEvent } from "./data.js";
import type { TabProps } from "./tab-props.js";
import { Filter } from "./filter.js";
import { matches, plural, time } from "./format.js";
import { linkTo } from "./route.js";

export function EventsTab({ snapshot, route }: TabProps): JSX.Element {
  const filter = route.fields.get("filter") ?? "";
  const calm = route.fields.get("fallbacks") === "no";
  const shown = snapshot.events.filter(
    ({ type, deploymentId, text }) =>
      matches(filter, type.replaceAll("_", " "), deploymentId, text) && (!calm || type !== "fallback"),
  );
  return (
    <>
      <Filter route={route} toggle={{ field: "fallbacks", value: "no", label: "Without fallbacks" }} />
      {snapshot.events.length === 0 && (
        <p class="empty">Nothing has happened: no cooldown, no fallback, no reload, no outage of Redis.</p>
      )}
      {snapshot.events.length > 0 && shown.length === 0 && (
        <p class="empty">None of the last {plural(snapshot.events.length, "event")} matches.</p>
      )}
      {shown.length > 0 && <EventList events={shown} />}
    </>
  );
}

export function EventList({ events }: { readonly events: readonly SeenEvent[] }): JSX.Element {
  return (
    <ol class="events">
      {events.map(({ id, at, type, times, deploymentId, text }) => (
        <li key={id} class={type}>
          <time dateTime={new Date(at).toISOString()}>{time(at)}</time>
          <span class="type">{type.replaceAll("_", " ")}</span>
          <span class="text">
            {deploymentId !== undefined && <a href={linkTo("deployments", deploymentId)}>{deploymentId}</a>} {text}
            {times > 1 && <span class="tag">{times} times</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
