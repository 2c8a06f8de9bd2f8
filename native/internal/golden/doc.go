// Package golden reads the reference's measures of classifiers, for the tests of those who measure.
package golden
