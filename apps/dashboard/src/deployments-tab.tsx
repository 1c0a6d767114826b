import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TabProps } from "./tab-props.js";
import type { SeenDeployment, SeenGroup } from "./data.js";
import { columns, DeploymentRow } from "./deployment-row.js";
import { DeploymentView } from "./deployment-view.js";
import { Filter } from "./filter.js";
import { matches, plural } from "./format.js";
import { Overview } from "./overview.js";
import { linkTo } from "./route.js";
import { obtained, wantedShares } from "./shares.js";

/** More rows are drawn on demand, so that a group of a thousand deployments stays quick. */
const firstRows = 50;

export function DeploymentsTab(props: TabProps): JSX.Element {
  const { snapshot, route } = props;
  if (route.item !== "") return <DeploymentView {...props} />;
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
      <Overview totals={snapshot.totals} groups={snapshot.groups} inFlight={snapshot.inFlight} />
      <Filter route={route} toggle={{ field: "health", value: "troubled", label: "Only those in trouble" }} />
      {groups.length === 0 && (
        <p class="empty">{filter === "" ? "All deployments are healthy." : "No deployment matches."}</p>
      )}
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
  // Rounded, so that a row is not drawn again because of what others got.
  const share = ({ figures }: SeenDeployment): number | undefined =>
    obtained(figures) === 0 ? undefined : Math.round((100 * obtained(figures)) / total);
  const troubled = group.deployments.filter(({ health }) => health !== "healthy").length;
  // Those in trouble first; otherwise in the order of the file.
  const sorted = shown.toSorted(
    (left, right) => Number(left.health === "healthy") - Number(right.health === "healthy"),
  );
  return (
    <section class="group" aria-label={group.name}>
      <div class="title">
        <h2>
          <a href={linkTo("configuration", group.name)}>{group.name}</a>
        </h2>
        <span class="tag">{group.strategy}</span>
        <small>
          {plural(group.deployments.length, "deployment")}
          {troubled > 0 && `, ${String(troubled)} in trouble`}
        </small>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Deployments of ${group.name}`}>
        <table class="deployments">
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
                share={share(deployment)}
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
