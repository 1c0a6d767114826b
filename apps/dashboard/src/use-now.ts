import { useEffect, useState } from "preact/hooks";

/** How far the clock of the proxy is ahead of this machine's, in milliseconds. */
let aheadMs = 0;

/** @param at - the time of the proxy, as it was sent just now */
export function noteProxyTime(at: number): void {
  aheadMs = at - Date.now();
}

function now(): number {
  return Date.now() + aheadMs;
}

/** The time of the proxy in milliseconds, which advances every half second. */
export function useNow(): number {
  const [time, setTime] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => {
      setTime(now());
    }, 500);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return time;
}
