import express from "express";
import { createNodeHandler } from "takeout-sdk/node";
import { takeout } from "./takeout.ts";

express().use(createNodeHandler(takeout)).listen(Number(process.env.PORT), "127.0.0.1");
