/** Copies an object without the fields that are `undefined`. */
export function given<Shape extends object>(fields: {
  readonly [Key in keyof Shape]: Shape[Key] | undefined;
}): Shape {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Shape;
}
