/** The properties of an unknown value. */
export function propertiesOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Readonly<Record<string, unknown>> // an empty object for null and undefined
}
