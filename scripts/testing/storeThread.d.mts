import type { Plugin } from 'vite'

export function storeThread(): Plugin
export default function setUp(): Promise<void>
export function buildStoreThread(options?: { banner?: string }): Promise<void>
