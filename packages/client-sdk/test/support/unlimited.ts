/** Server options whose command rate limit no test reaches. */
export const unlimited = {
  limits: { commandsPerSessionPerSecond: 10_000, commandBurstPerSession: 10_000 },
}
