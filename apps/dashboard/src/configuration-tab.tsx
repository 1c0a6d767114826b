import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import type { Configured } from "./data.js";
import { useConfigured, Values } from "./configured-view.js";
import { linkTo } from "./route.js";

export function ConfigurationTab({ snapshot, route, connection }: TabProps): JSX.Element {
  const name = route.item === "" ? (snapshot.groups[0]?.name ?? "") : route.item;
  const answer = useConfigured(connection, name === "" ? "" : new URLSearchParams({ model: name }).toString());
  const defaults = route.fields.get("defaults") === "shown";
  const names = [...new Set([...snapshot.groups.map((group) => group.name), ...Object.keys(snapshot.aliases), name])];
  const go = (to: string, all: boolean): void => {
    location.hash = linkTo("configuration", to, { defaults: all ? "shown" : "" });
  };
  return (
    <>
      <div class="filter">
        <label>
          Name{" "}
          <select
            value={name}
            onChange={({ currentTarget }) => {
              go(currentTarget.value, defaults);
            }}
          >
            {names.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={defaults}
            onChange={({ currentTarget }) => {
              go(name, currentTarget.checked);
            }}
          />
          With defaults
        </label>
        <a href={linkTo("what-if", "", { model: name })}>What would happen to a request?</a>
      </div>
      {answer === undefined && name !== "" && <p class="empty">Reading …</p>}
      {typeof answer === "string" && <p class="problem">{answer}</p>}
      {typeof answer === "object" && !answer.found && (
        <p class="empty">
          No deployment serves {name}. {answer.hint}
        </p>
      )}
      {typeof answer === "object" && answer.found && <Meaning answer={answer} defaults={defaults} />}
    </>
  );
}

interface MeaningProps {
  readonly answer: Configured;
  readonly defaults: boolean;
}

function Meaning({ answer, defaults }: MeaningProps): JSX.Element {
  const { name, group, values, deployments, fallbacks } = answer;
  return (
    <>
      <div class="title">
        <h2>{name}</h2>
        {group !== undefined && group !== name && (
          <small>
            is another name for <a href={linkTo("configuration", group)}>{group}</a>
          </small>
        )}
        {fallbacks.length > 0 && (
          <small>
            falls back to{" "}
            {fallbacks.map((fallback) => (
              <a key={fallback} class="tag" href={linkTo("configuration", fallback)}>
                {fallback}
              </a>
            ))}
          </small>
        )}
      </div>
      <Values label={`Settings of ${name}`} values={values} defaults={defaults} />
      {deployments.map(({ id, title, values: own }) => (
        <details key={id} open={deployments.length <= 4}>
          <summary>
            <strong>{id}</strong> <small>{title}</small>
          </summary>
          <Values label={`Settings of ${id}`} values={own} defaults={defaults} />
        </details>
      ))}
    </>
  );
}
