// Package config reads haul's configuration file.
package config
