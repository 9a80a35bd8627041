/** The options of a server that takes as many commands as a test has. */
export const unlimited = {
  limits: { commandsPerSessionPerSecond: 10_000, commandBurstPerSession: 10_000 },
}
