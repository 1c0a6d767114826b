import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ConfigurationTab } from "./configuration-tab.js";
import type { Snapshot } from "./data.js";
import { DeploymentsTab } from "./deployments-tab.js";
import { EventsTab } from "./events-tab.js";
import { Connection, type Status } from "./feed.js";
import { KeyForm } from "./key-form.js";
import { keyHelp, useKeys } from "./keys.js";
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

interface Feed {
  readonly status: Status;
  readonly problem: string | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly connection: Connection | undefined;
  readonly connect: (key: string) => void;
}

/** @param keyHeader - the header of the key; empty: the proxy has no key */
function useFeed(keyHeader: string): Feed {
  const [status, setStatus] = useState<Status>(keyHeader === "" ? "connecting" : "key");
  const [problem, setProblem] = useState<string>();
  const [snapshot, setSnapshot] = useState<Snapshot>();
  const connection = useRef<Connection | undefined>(undefined);
  const connect = (key: string): void => {
    connection.current?.close();
    setStatus("connecting");
    connection.current = new Connection(
      { name: keyHeader, key },
      {
        onSnapshot: setSnapshot,
        onStatus: (next, why) => {
          setStatus(next);
          setProblem(why);
        },
      },
    );
  };
  useEffect(() => {
    if (keyHeader === "") connect("");
    return () => connection.current?.close();
  }, []);
  return { status, problem, snapshot, connection: connection.current, connect };
}

export function App({ keyHeader }: { readonly keyHeader: string }): JSX.Element {
  const route = useRoute();
  const help = useRef<HTMLDialogElement>(null);
  const showHelp = useCallback(() => {
    help.current?.showModal();
  }, []);
  useKeys(showHelp);
  const { status, problem, snapshot, connection, connect } = useFeed(keyHeader);
  if (status === "key") return <KeyForm problem={problem} onKey={connect} />;
  const Content = contents[route.tab];
  return (
    <>
      <header>
        <img src="/dashboard/icon.svg" alt="" width="24" height="24" />
        <h1>Modelyard</h1>
        <nav aria-label="Sections">
          {tabs.map((tab) => (
            <a key={tab} href={linkTo(tab)} aria-current={tab === route.tab ? "page" : undefined}>
              {titles[tab]}
            </a>
          ))}
        </nav>
        <p class={`status ${status}`} role="status">
          <span class="dot" aria-hidden="true" />
          {status === "live" ? "Live" : (problem ?? "Connecting …")}
        </p>
        <button class="help" type="button" aria-label="Keys" title="Keys (?)" onClick={showHelp}>
          ?
        </button>
      </header>
      <main class={status}>
        {snapshot !== undefined && <Notices snapshot={snapshot} />}
        {snapshot === undefined && <p class="empty">{problem ?? "Connecting …"}</p>}
        {snapshot !== undefined && connection !== undefined && (
          <Content snapshot={snapshot} route={route} connection={connection} />
        )}
      </main>
      <dialog ref={help} aria-labelledby="keys">
        <form method="dialog">
          <h2 id="keys">Keys</h2>
          <dl>
            {keyHelp.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <button>Close</button>
        </form>
      </dialog>
    </>
  );
}

/** What a reader of the figures has to know. */
function Notices({ snapshot: { shared, worker } }: { readonly snapshot: Snapshot }): JSX.Element {
  return (
    <>
      {shared?.available === false && (
        <p class="notice bad">{shared.name} is unreachable: limits and cooldowns are local to this process.</p>
      )}
      {worker !== undefined && (
        <p class="notice">
          This is worker {worker.number} of {worker.of}. Requests, events, figures and costs are those of this worker
          alone; the others are not shown here. <code>/metrics</code> has the sums of all.
        </p>
      )}
    </>
  );
}
