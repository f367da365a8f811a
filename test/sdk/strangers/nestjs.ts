import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

// As a decorator where the compiler knows them.
class AppModule {}
Module({})(AppModule);

const app = await NestFactory.create(AppModule);
app.use(createNodeHandler(takeout));
await app.listen(Number(process.env.PORT), "127.0.0.1");
