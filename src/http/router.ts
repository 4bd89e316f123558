/**
 * The door to express, of which the router alone is used: its application would switch the prototype of every request
 * and response, and look at XCAP targets that it knows nothing about.
 */
import express from 'express'
import type { Request, Response } from './http-server.ts'

export interface Router {
  /** @param path `/api/users/:xui`. */
  add(path: string, take: (req: Request, params: Readonly<Record<string, string>>) => void): void
  /** @param otherwise is called where nothing was added under this path, or the router cannot read it. */
  route(req: Request, res: Response, otherwise: (error?: unknown) => void): void
}

/** Paths match as they are written: case counts, and so does a slash at the end. */
export function createRouter(): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  return {
    add: (path, take) =>
      void router.all(path, (req) => take(req as unknown as Request, req.params as Record<string, string>)),
    // It needs no more of a request than node's own has.
    route: (req, res, otherwise) => router(req as express.Request, res as express.Response, otherwise),
  }
}
