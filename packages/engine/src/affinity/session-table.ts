/** Limit for the remembered sessions. Those that were not used for the longest time are forgotten first. */
const mostSessions = 20_000;
/** Limit for the deployments that are remembered for one session. */
const mostPlaces = 4;

/** A deployment that served a session. */
export interface SessionPlace {
  readonly deploymentId: string;
  /** The prompt tokens that its cache got. */
  tokens: number;
  /** Milliseconds since the epoch. */
  usedAt: number;
  /** How long its cache keeps them. */
  lifetimeMs: number;
}

interface Session {
  /** The one that was used last comes first. */
  places: readonly SessionPlace[];
  usedAt: number;
}

/** The sessions that this process knows, by their ids, which are hashes. Its size is limited. */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  ttlMs: number;

  constructor(ttlMs: number) {
    this.ttlMs = ttlMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Where a session was served, the last place first. */
  placesOf(id: string, now: number): readonly SessionPlace[] {
    const session = this.#sessions.get(id);
    if (session === undefined) return none;
    // A clock that was set back by more than the lifetime must not keep sessions forever.
    if (Math.abs(now - session.usedAt) <= this.ttlMs) return session.places;
    this.#sessions.delete(id);
    return none;
  }

  remember(id: string, place: SessionPlace): void {
    const known = this.#sessions.get(id);
    const others = (known?.places ?? none).filter(({ deploymentId }) => deploymentId !== place.deploymentId);
    const places = [place, ...others].toSorted((left, right) => right.usedAt - left.usedAt).slice(0, mostPlaces);
    this.#sessions.delete(id);
    this.#sessions.set(id, { places, usedAt: Math.max(place.usedAt, known?.usedAt ?? 0) });
    if (this.#sessions.size > mostSessions) this.#sessions.delete(this.#sessions.keys().next().value as string);
  }

  /** A deployment lost what it had of a session, or never got it. */
  forget(id: string, deploymentId: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    const places = session.places.filter((place) => place.deploymentId !== deploymentId);
    if (places.length === 0) this.#sessions.delete(id);
    else session.places = places;
  }
}

const none: readonly SessionPlace[] = Object.freeze([]);
