/** The properties of an unknown value, none if it has none. */
export function propertiesOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Readonly<Record<string, unknown>> // an empty object for null and undefined
}
