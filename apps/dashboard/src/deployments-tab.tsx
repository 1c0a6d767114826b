import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TabProps } from "./tab-props.js";
import type { SeenGroup } from "./data.js";
import { DeploymentRow } from "./deployment-row.js";
import { Filter } from "./filter.js";
import { matches } from "./format.js";
import { linkTo } from "./route.js";
import { obtained, wantedShares } from "./shares.js";

/** More rows are drawn on demand, so that a group of a thousand deployments stays quick. */
const firstRows = 50;

const columns = [
  "Deployment",
  "Health",
  "Share (wanted)",
  "In flight",
  "Requests / min",
  "Tokens / min",
  "Time to first token",
  "Errors",
  "Quota left",
  "Cached",
  "Cost",
];

export function DeploymentsTab({ snapshot, route }: TabProps): JSX.Element {
  const filter = route.fields.get("filter") ?? "";
  const troubled = route.fields.get("health") === "troubled";
  const groups = snapshot.groups
    .map((group) => ({
      group,
      shown: group.deployments.filter(
        ({ id, provider, model, health }) =>
          matches(filter, group.name, id, provider, model, health) && (!troubled || health !== "healthy"),
      ),
    }))
    .filter(({ shown }) => shown.length > 0);
  return (
    <>
      <Filter route={route}>
        <a href={linkTo("deployments", "", { filter, health: troubled ? "" : "troubled" })}>
          {troubled ? "Show all" : "Only those in trouble"}
        </a>
      </Filter>
      {groups.length === 0 && <p class="empty">No deployment matches.</p>}
      {groups.map(({ group, shown }) => (
        <Group key={group.name} group={group} shown={shown} />
      ))}
    </>
  );
}

interface GroupProps {
  readonly group: SeenGroup;
  readonly shown: SeenGroup["deployments"];
}

function Group({ group, shown }: GroupProps): JSX.Element {
  const [all, setAll] = useState(false);
  const wanted = wantedShares(group);
  const total = group.deployments.reduce((sum, { figures }) => sum + obtained(figures), 0);
  // Those in trouble first; otherwise in the order of the file.
  const sorted = shown.toSorted(
    (left, right) => Number(left.health === "healthy") - Number(right.health === "healthy"),
  );
  return (
    <section aria-label={group.name}>
      <h2>
        <a href={linkTo("configuration", group.name)}>{group.name}</a> <small>{group.strategy}</small>
      </h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Deployments of ${group.name}`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(all ? sorted : sorted.slice(0, firstRows)).map((deployment) => (
              <DeploymentRow
                key={deployment.id}
                deployment={deployment}
                wanted={wanted.get(deployment.id)}
                total={total}
              />
            ))}
          </tbody>
        </table>
      </div>
      {!all && sorted.length > firstRows && (
        <button
          type="button"
          onClick={() => {
            setAll(true);
          }}
        >
          Show all {sorted.length} deployments
        </button>
      )}
    </section>
  );
}
