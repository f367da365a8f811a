import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

@Module({})
class AppModule {}

const { PORT = "4300", HOST = "127.0.0.1" } = process.env;
const app = await NestFactory.create(AppModule);
app.use(createNodeHandler(takeout));

await takeout.start();
await app.listen(Number(PORT), HOST);
process.once("SIGTERM", () => app.close().then(() => takeout.close()));
