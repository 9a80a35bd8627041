export function defaultToDevelopment(folder?: string): void
