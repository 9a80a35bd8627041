#!/usr/bin/env node
import '../dist/standalone/cli.js'
