import type { DeploymentOptions, GroupOptions } from "@modelyard/core";
import type { FallbackEntry } from "@modelyard/core/kit";
import type { CreateRouterOptions } from "./options.js";

/** The type of the names that a pattern matches, e.g. `openai/*`. */
export type Spelled<Name extends string> = Name extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Spelled<Tail>}`
  : Name;

/** An alias or fallback entry whose target is a known name. */
type NamedAlias<Name extends string> = Name | { readonly model: Name; readonly hidden?: boolean };
type NamedEntry<Name extends string> = Name | (Exclude<FallbackEntry, string> & { readonly model: Name });
type NamedMap<Name extends string> = { readonly [From in Name | "*"]?: readonly NamedEntry<Name>[] };
type NamedFallbacks<Name extends string> = NamedMap<Name> | readonly NamedMap<Name>[];

/**
 * Lets the compiler infer `Target`, the names that options refer to. The type itself is `never`, so that it does not
 * accept any value.
 */
type Found<Target extends string, Shape> = [Target] extends [Target] ? never : Shape;
type FoundList<Target extends string> = readonly (Target | { readonly model: Target })[];
type FoundMap<Target extends string> = Readonly<Record<string, FoundList<Target>>>;
type FoundFallbacks<Target extends string> = Found<Target, FoundMap<Target> | readonly FoundMap<Target>[]>;

/** The options that refer to groups by name. */
interface NamedLists<Name extends string, Target extends string> {
  readonly groups?: { readonly [Group in Name]?: GroupOptions };
  readonly fallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly contextWindowFallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly contentPolicyFallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly defaultFallbacks?: readonly NamedEntry<Name>[] | Found<Target, FoundList<Target>>;
}

/**
 * The names that callers may use, and patterns as they are written. If the type of a name that an option refers to is
 * just `string`, any name is allowed.
 */
type KnownName<
  Group extends string,
  Id extends string,
  Alias extends string,
  Several extends string,
  Target extends string,
> = NoInfer<string extends Target ? string : Group | Spelled<Group> | Id | Alias | Several>;

/**
 * The options of a router with a type parameter for each kind of name, so that the compiler finds misspelled options,
 * and fallbacks, aliases and groups that refer to names which are not in the model list, if its names are literals.
 */
export interface NamingOptions<
  Group extends string,
  Id extends string,
  Alias extends string,
  Several extends string,
  Target extends string,
>
  extends
    Omit<CreateRouterOptions, "modelList" | "modelGroupAlias" | "routingGroups" | keyof NamedLists<string, string>>,
    NamedLists<KnownName<Group, Id, Alias, Several, Target>, Target> {
  readonly modelList: readonly (Omit<DeploymentOptions, "modelName" | "id"> & {
    readonly modelName: Group;
    readonly id?: Id;
  })[];
  readonly modelGroupAlias?:
    | Readonly<Record<Alias, NamedAlias<KnownName<Group, Id, Alias, Several, Target>>>>
    | Found<Target, Readonly<Record<string, Target | { readonly model: Target }>>>;
  readonly routingGroups?:
    | Readonly<Record<Several, readonly KnownName<Group, Id, Alias, Several, Target>[]>>
    | Found<Target, Readonly<Record<string, readonly Target[]>>>;
}
