import type { JSX } from "preact";
import type { TabProps } from "./tab-props.js";
import { useConfigured, Values } from "./configured-view.js";
import { linkTo } from "./route.js";

export function ConfigurationTab({ snapshot, route, connection }: TabProps): JSX.Element {
  const name = route.item === "" ? (snapshot.groups[0]?.name ?? "") : route.item;
  const answer = useConfigured(connection, name === "" ? "" : new URLSearchParams({ model: name }).toString());
  const names = [...snapshot.groups.map((group) => group.name), ...Object.keys(snapshot.aliases)];
  return (
    <>
      <p class="filter">
        <label>
          Name{" "}
          <select
            value={name}
            onChange={({ currentTarget }) => {
              location.hash = linkTo("configuration", currentTarget.value);
            }}
          >
            {names.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </p>
      {answer === undefined && <p class="empty">Reading …</p>}
      {typeof answer === "string" && <p class="problem">{answer}</p>}
      {typeof answer === "object" && !answer.found && (
        <p class="empty">
          No deployment serves {name}. {answer.hint}
        </p>
      )}
      {typeof answer === "object" && answer.found && (
        <>
          <h2>{name}</h2>
          <Values values={answer.values} />
          {answer.deployments.map(({ id, title, values }) => (
            <details key={id}>
              <summary>
                <strong>{id}</strong> {title}
              </summary>
              <Values values={values} />
            </details>
          ))}
        </>
      )}
    </>
  );
}
