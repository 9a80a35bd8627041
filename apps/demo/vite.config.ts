import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const backend = 'http://localhost:3000'

export default defineConfig({
  plugins: [vue()],
  // The server ships the built page, so that its CLI can show it at once.
  build: { outDir: '../../packages/server/demo', emptyOutDir: true },
  server: {
    port: 5173,
    proxy: {
      '/api': backend,
      '/health': backend,
      '/socket.io': { target: backend, ws: true },
    },
  },
})
