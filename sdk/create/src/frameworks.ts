// What each framework needs beside what every service has. A test holds the versions to what they are tried with.

/** A framework that a service can be made with. */
export interface Framework {
  title: string;
  dependencies: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  /** Arguments for node that run the service. */
  run: readonly string[];
  /** Where it has to be built first: with what. */
  build?: string;
}

export const frameworks = {
  hono: {
    title: "Hono",
    dependencies: { hono: "4.13.19", "@hono/node-server": "2.1.8" },
    run: ["src/main.ts"],
  },
  express: {
    title: "Express 5",
    dependencies: { express: "5.3.0" },
    devDependencies: { "@types/express": "5.0.6" },
    run: ["src/main.ts"],
  },
  fastify: {
    title: "Fastify 5",
    dependencies: { fastify: "5.12.8" },
    run: ["src/main.ts"],
  },
  next: {
    title: "Next.js",
    dependencies: { next: "16.4.5", react: "19.3.1", "react-dom": "19.3.1" },
    devDependencies: { "@types/react": "19.2.0" },
    run: ["src/main.ts"],
    build: "next build",
  },
  nest: {
    title: "NestJS",
    dependencies: {
      "@nestjs/common": "12.5.1",
      "@nestjs/core": "12.5.1",
      "@nestjs/platform-express": "12.5.1",
      "reflect-metadata": "0.2.2",
      rxjs: "7.8.2",
    },
    run: ["dist/main.js"],
    build: "tsc -p tsconfig.build.json",
  },
  http: {
    title: "node:http, without a framework",
    dependencies: {},
    run: ["src/main.ts"],
  },
} as const satisfies Record<string, Framework>;

export type FrameworkName = keyof typeof frameworks;

export const frameworkNames = Object.keys(frameworks) as FrameworkName[];

/** What every service needs. */
export const common = {
  dependencies: { "graphile-worker": "0.18.0", pg: "8.23.1", "takeout-sdk": "^0.1.0" },
  devDependencies: { "@types/node": "^24", "@types/pg": "8.23.1", typescript: "~5.9.3" },
} as const;
