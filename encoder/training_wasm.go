package encoder

// canTrain says that models cannot be trained, nor begin at random: here they classify, and all their values come from a bundle.
const canTrain = false
