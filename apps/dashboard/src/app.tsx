import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ConfigurationTab } from "./configuration-tab.js";
import type { Snapshot } from "./data.js";
import { DeploymentsTab } from "./deployments-tab.js";
import { EventsTab } from "./events-tab.js";
import { Connection, type Status } from "./feed.js";
import { KeyForm } from "./key-form.js";
import { RequestsTab } from "./requests-tab.js";
import { linkTo, readRoute, type Route, tabs } from "./route.js";
import type { TabProps } from "./tab-props.js";
import { WhatIfTab } from "./what-if-tab.js";

const titles = {
  deployments: "Deployments",
  requests: "Requests",
  events: "Events",
  configuration: "Configuration",
  "what-if": "What if",
} as const;

const contents: Readonly<Record<Route["tab"], (props: TabProps) => JSX.Element>> = {
  deployments: DeploymentsTab,
  requests: RequestsTab,
  events: EventsTab,
  configuration: ConfigurationTab,
  "what-if": WhatIfTab,
};

function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const onChange = (): void => {
      setRoute(readRoute(location.hash));
    };
    addEventListener("hashchange", onChange);
    return () => {
      removeEventListener("hashchange", onChange);
    };
  }, []);
  return route;
}

/** `1` to `5` choose a tab, `/` goes to the filter, and Escape leaves it. */
function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = target instanceof HTMLElement && target.matches("input, select, textarea");
      if (typing) {
        if (key === "Escape") target.blur();
        return;
      }
      const tab = tabs[Number(key) - 1];
      if (tab !== undefined) location.hash = linkTo(tab);
      if (key !== "/") return;
      event.preventDefault();
      document.querySelector<HTMLElement>("input[type=search]")?.focus();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
    };
  }, []);
}

export function App(): JSX.Element {
  const route = useRoute();
  useKeys();
  const [status, setStatus] = useState<Status>("connecting");
  const [problem, setProblem] = useState<string>();
  const [snapshot, setSnapshot] = useState<Snapshot>();
  const connection = useRef<Connection | undefined>(undefined);
  const connect = (key: string): void => {
    connection.current?.close();
    setStatus("connecting");
    connection.current = new Connection(key, {
      onSnapshot: setSnapshot,
      onStatus: (next, why) => {
        setStatus(next);
        setProblem(why);
      },
    });
  };
  useEffect(() => {
    connect("");
    return () => connection.current?.close();
  }, []);
  if (status === "key") return <KeyForm problem={problem} onKey={connect} />;
  const Content = contents[route.tab];
  return (
    <>
      <header>
        <h1>Modelyard</h1>
        <nav aria-label="Sections">
          {tabs.map((tab) => (
            <a key={tab} href={linkTo(tab)} aria-current={tab === route.tab ? "page" : undefined}>
              {titles[tab]}
            </a>
          ))}
        </nav>
        <p class={`status ${status}`} role="status">
          {status === "live" && snapshot !== undefined ? summary(snapshot) : (problem ?? "Connecting …")}
        </p>
      </header>
      <main>
        {snapshot?.shared?.available === false && (
          <p class="problem">{snapshot.shared.name} is unreachable: limits are local to this process.</p>
        )}
        {snapshot !== undefined && connection.current !== undefined && (
          <Content snapshot={snapshot} route={route} connection={connection.current} />
        )}
      </main>
    </>
  );
}

function summary({ inFlight, worker }: Snapshot): string {
  return `Live · ${String(inFlight)} in flight${worker === undefined ? "" : ` · worker ${String(worker)}`}`;
}
