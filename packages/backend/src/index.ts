// The command-line entry has no names to export: importing it starts the server.
// eslint-disable-next-line @typescript-eslint/no-restricted-imports -- a public entry, not a deep path
import '@yektayar/server/cli'
