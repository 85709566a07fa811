package main

import "runtime/debug"

// version is set by a release's build (-ldflags "-X main.version=1.2.3").
var version = "development"

// programVersion is what this program calls itself: the release, or for a build from a working copy which commit it is of.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	return versionOf(version, info.Settings)
}

// versionOf completes the version of a build that is no release by what the Go tool noted of the working copy.
func versionOf(version string, settings []debug.BuildSetting) string {
	if version != "development" {
		return version
	}
	vcs := map[string]string{}
	for _, s := range settings {
		vcs[s.Key] = s.Value
	}
	revision := vcs["vcs.revision"]
	if revision == "" {
		return version
	}
	version += " " + revision[:min(12, len(revision))]
	if at := vcs["vcs.time"]; at != "" {
		version += " of " + at
	}
	if vcs["vcs.modified"] == "true" {
		version += ", changed since"
	}
	return version
}

// builtWith names the compiler and the machine that the program is for.
func builtWith() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	words := " (" + info.GoVersion
	for _, s := range info.Settings {
		if s.Key == "GOOS" || s.Key == "GOARCH" {
			words += " " + s.Value
		}
	}
	return words + ")"
}
