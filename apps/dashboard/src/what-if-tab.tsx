import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import { useConfigured } from "./configured-view.js";
import { linkTo } from "./route.js";

const flags = [
  ["stream", "Streamed"],
  ["tools", "With tools"],
  ["image", "With an image"],
] as const;

/** The form is the address: each change is a link, and each answer can be linked. */
export function WhatIfTab({ snapshot, route, connection }: TabProps): JSX.Element {
  const fields = Object.fromEntries(route.fields);
  const model = fields["model"] ?? snapshot.groups[0]?.name ?? "";
  const all = { ...fields, model };
  const set = (name: string, value: string): void => {
    location.hash = linkTo("what-if", "", { ...all, [name]: value });
  };
  const answer = useConfigured(connection, new URLSearchParams(all).toString());
  return (
    <>
      <form
        class="what-if"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <label>
          Model
          <input
            value={model}
            onChange={({ currentTarget }) => {
              set("model", currentTarget.value);
            }}
          />
        </label>
        <label>
          Tokens of the prompt
          <input
            type="number"
            min="0"
            value={fields["tokens"] ?? "10"}
            onChange={({ currentTarget }) => {
              set("tokens", currentTarget.value);
            }}
          />
        </label>
        <label>
          Tags, separated by commas
          <input
            value={fields["tags"] ?? ""}
            onChange={({ currentTarget }) => {
              set("tags", currentTarget.value);
            }}
          />
        </label>
        {flags.map(([name, label]) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={fields[name] === "1"}
              onChange={({ currentTarget }) => {
                set(name, currentTarget.checked ? "1" : "");
              }}
            />
            {label}
          </label>
        ))}
      </form>
      {typeof answer === "string" && <p class="problem">{answer}</p>}
      {typeof answer === "object" && !answer.found && (
        <p class="empty">
          No deployment serves {model}. {answer.hint}
        </p>
      )}
      {typeof answer === "object" && answer.found && (
        <>
          <h2>If this request came now</h2>
          <ul class="requests">
            {answer.deployments.map(({ id, title, rejection }) => (
              <li key={id} class={rejection === undefined ? "good" : "bad"}>
                <strong>{id}</strong> {title}: {rejection ?? "could serve it"}
              </li>
            ))}
          </ul>
          <p>
            {answer.fallbacks.length === 0
              ? "No other group follows if these fail."
              : `If these fail, it goes to ${answer.fallbacks.join(", then ")}.`}
          </p>
        </>
      )}
    </>
  );
}
