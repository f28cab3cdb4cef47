"""Recovers applications with AWS Elastic Disaster Recovery (DRS), wave by wave."""
