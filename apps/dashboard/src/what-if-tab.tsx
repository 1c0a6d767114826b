import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import type { Configured } from "./data.js";
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
  const all = { tokens: "10", ...fields, model };
  const set = (name: string, value: string): void => {
    location.hash = linkTo("what-if", "", { ...all, [name]: value });
  };
  const field = (
    name: "model" | "tags" | "tokens",
    label: string,
    more: JSX.IntrinsicElements["input"],
  ): JSX.Element => (
    <label>
      {label}
      <input
        {...more}
        value={{ tags: "", ...all }[name]}
        onChange={({ currentTarget }) => {
          set(name, currentTarget.value);
        }}
      />
    </label>
  );
  const answer = useConfigured(connection, new URLSearchParams(all).toString());
  const names = [...snapshot.groups.map((group) => group.name), ...Object.keys(snapshot.aliases)];
  return (
    <>
      <form
        class="what-if"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        {field("model", "Model", { list: "names" })}
        <datalist id="names">
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {field("tokens", "Tokens of the prompt", { type: "number", min: "0" })}
        {field("tags", "Tags, separated by commas", {})}
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
      <p class="note">Nothing is sent to a vendor.</p>
      {typeof answer === "string" && <p class="problem">{answer}</p>}
      {typeof answer === "object" && !answer.found && (
        <p class="empty">
          No deployment serves {model}. {answer.hint}
        </p>
      )}
      {typeof answer === "object" && answer.found && <Answer answer={answer} request={all} />}
    </>
  );
}

interface AnswerProps {
  readonly answer: Configured;
  readonly request: Readonly<Record<string, string>>;
}

function Answer({ answer, request }: AnswerProps): JSX.Element {
  const { deployments, fallbacks, group } = answer;
  const able = deployments.filter(({ rejection }) => rejection === undefined).length;
  return (
    <>
      <h2>
        If this request came now, {able === 0 ? "no deployment" : `${String(able)} of ${String(deployments.length)}`} of{" "}
        {group ?? answer.name} could serve it
      </h2>
      <ul class="requests answers">
        {deployments.map(({ id, title, rejection }) => (
          <li key={id} class={rejection === undefined ? "good" : "bad"}>
            <a href={linkTo("deployments", id)}>{id}</a>
            <small>{title}</small>
            <span class={rejection === undefined ? "pill healthy" : "pill cooling"}>
              {rejection ?? "could serve it"}
            </span>
          </li>
        ))}
      </ul>
      <p>
        {fallbacks.length === 0 ? "No other group follows if these fail." : "If these fail, it goes on to "}
        {fallbacks.map((fallback, index) => (
          <span key={fallback}>
            {index > 0 && ", then "}
            <a href={linkTo("what-if", "", { ...request, model: fallback })}>{fallback}</a>
          </span>
        ))}
      </p>
    </>
  );
}
