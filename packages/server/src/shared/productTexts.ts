import packageJson from '../../package.json' with { type: 'json' }

/** Names and texts that the guide fixes. */
export const identity = {
  serverName: 'YektaYar API Server',
  platformName: 'YektaYar Mental Health Platform API',
  description: 'Backend API with Socket.IO real-time communication',
  version: packageJson.version,
} as const
