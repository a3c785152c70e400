"""LinearRegressor.train, 1,000 steps."""

import sine
import tensorflow as tf

columns = [tf.feature_column.numeric_column("x", shape=[sine.WIDTH])]
sine.train(tf.estimator.LinearRegressor(feature_columns=columns))
